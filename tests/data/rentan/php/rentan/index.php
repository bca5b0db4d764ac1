<?php
// Buku tamu pasar. Sengaja rentan: dipakai menguji pemindai, jangan dipasang.
require "config.php";
$koneksi = mysqli_connect($host, $pengguna, "Pasar#2026", "pasar"); // TEMUAN kawal-php-kunci-di-kode
$cari = $_GET["cari"] ?? "";
$hasil = mysqli_query($koneksi, "SELECT * FROM tamu WHERE nama LIKE '%$cari%'"); // TEMUAN kawal-php-sql-dari-masukan
echo "<h1>Hasil untuk " . $cari . "</h1>"; // TEMUAN kawal-php-xss
if (isset($_GET["hal"])) {
    include "halaman/" . $_GET["hal"] . ".php"; // TEMUAN kawal-php-sertaan-dari-masukan
}
