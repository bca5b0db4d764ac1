<?php
$aksi = ['hitung' => 'hitung_retribusi'][$_POST['aksi']] ?? null;
call_user_func('hitung_retribusi', $_POST['isi']);
$laporan = new LaporanHarian($_GET['tanggal']);
