<?php
call_user_func($_GET['aksi'], $isi); // TEMUAN
$aksi = $_POST['aksi'];
$aksi($isi); // TEMUAN
$kelas = $this->input->get('jenis');
$laporan = new $kelas(); // TEMUAN
$layanan = app($request->layanan); // TEMUAN
