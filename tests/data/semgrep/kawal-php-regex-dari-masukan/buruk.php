<?php
preg_match('/' . $_GET['cari'] . '/', $teks); // TEMUAN
$bagian = preg_split($request->pemisah, $teks); // TEMUAN
