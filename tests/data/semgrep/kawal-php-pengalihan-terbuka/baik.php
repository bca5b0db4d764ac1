<?php
header("Location: /beranda");
header("Location: /cari?q=" . urlencode($_GET['q']));
