<?php
include "halaman/beranda.php";
$halaman = ['beranda' => 'beranda.php', 'kontak' => 'kontak.php'];
require_once __DIR__ . '/halaman/beranda.php';
return view('laporan.harian', ['jenis' => $request->jenis]);
require $_SERVER['DOCUMENT_ROOT'] . '/doku.php';
$bahasa = preg_replace('/[^a-z\-]+/', '', $_REQUEST['l']);
require_once('bahasa/' . $bahasa . '/lang.php');
