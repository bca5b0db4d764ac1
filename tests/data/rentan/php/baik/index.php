<?php
// Buku tamu pasar, sudah diperbaiki.
require "config.php";
$koneksi = mysqli_connect($host, $pengguna, $sandi, "pasar");
$cari = $_GET["cari"] ?? "";
$perintah = mysqli_prepare($koneksi, "SELECT * FROM tamu WHERE nama LIKE ?");
$pola = "%" . $cari . "%";
mysqli_stmt_bind_param($perintah, "s", $pola);
echo "<h1>Hasil untuk " . htmlspecialchars($cari, ENT_QUOTES, "UTF-8") . "</h1>";
$halaman = ["beranda" => "beranda.php", "kontak" => "kontak.php"];
if (isset($_GET["hal"], $halaman[$_GET["hal"]])) {
    include "halaman/beranda.php";
}
