<?php
preg_match('/' . preg_quote($_GET['cari'], '/') . '/', $teks);
preg_match('/^\d+$/', $_GET['cari']);
