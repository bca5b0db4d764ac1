<?php
$password = getenv("DB_PASSWORD");
$aturan = ["password" => "required|min:8"];
$koneksi = mysqli_connect($host, $pengguna, $sandi, "pasar");
$label = "Kata sandi";
$sandi = env('DB_PASSWORD', '');
$token = JWT::encode($isi, getenv('JWT_SECRET'), 'HS256');
$config['encryption_key'] = getenv('KUNCI');
$lang['admin_password'] = 'Kata-sandi‐pengguna‐di‐atas';
$jenis = ['text' => 'textfield', 'password' => 'passwordfield'];
