<?php
$password = "R4hasia!2026"; // TEMUAN
define("DB_PASSWORD", "R4hasia!2026"); // TEMUAN
$koneksi = mysqli_connect("localhost", "root", "R4hasia!2026", "pasar"); // TEMUAN
$sandi = env('DB_PASSWORD', 'Pasar#2026'); // TEMUAN
$token = JWT::encode($isi, 'kunci-jwt-pasar', 'HS256'); // TEMUAN
$config['encryption_key'] = '8f2e5b1c9a7d4e60'; // TEMUAN
