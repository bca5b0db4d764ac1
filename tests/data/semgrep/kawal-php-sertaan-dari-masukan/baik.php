<?php
include "halaman/beranda.php";
$halaman = ['beranda' => 'beranda.php', 'kontak' => 'kontak.php'];
require_once __DIR__ . '/halaman/beranda.php';
return view('laporan.harian', ['jenis' => $request->jenis]);
