<?php
// Masuk ke buku tamu. Sengaja rentan: dipakai menguji pemindai, jangan dipasang.
require "config.php";
session_id($_GET["sesi"]); // TEMUAN kawal-php-sesi-dari-masukan
session_start();
extract($_POST); // TEMUAN kawal-php-variabel-dari-masukan
error_log("Masuk: " . $_POST["nama"] . " " . $_POST["password"]); // TEMUAN kawal-php-rahasia-di-log
$hasil = ldap_search($ldap, $dn, "(uid=" . $_POST["uid"] . ")"); // TEMUAN kawal-php-ldap-dari-masukan
$perintah = $pdo->prepare("INSERT INTO pengguna (nama, sandi) VALUES (?, ?)");
$perintah->execute([$_POST["nama"], $_POST["password"]]); // TEMUAN kawal-php-kata-sandi-polos
setcookie("ingat", $nama); // TEMUAN kawal-php-kuki-tanpa-pengaman
setcookie("nik", $nik, ["secure" => true, "httponly" => true]); // TEMUAN kawal-php-rahasia-di-kuki
header("Access-Control-Allow-Origin: " . $_SERVER["HTTP_ORIGIN"]); // TEMUAN kawal-php-asal-dari-masukan
$token = uniqid(); // TEMUAN kawal-php-acak-lemah
$isi = openssl_encrypt($nik, "aes-128-ecb", $kunci); // TEMUAN kawal-php-sandi-lemah
chmod("foto", 0777); // TEMUAN kawal-php-hak-akses-longgar
$aksi = $_POST["aksi"];
$aksi($nama); // TEMUAN kawal-php-fungsi-dari-masukan
preg_match("/" . $_GET["cari"] . "/", $isi); // TEMUAN kawal-php-regex-dari-masukan
