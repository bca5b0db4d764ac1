<?php
$password = getenv("DB_PASSWORD");
$aturan = ["password" => "required|min:8"];
$koneksi = mysqli_connect($host, $pengguna, $sandi, "pasar");
$label = "Kata sandi";
