<?php
// Masuk ke buku tamu, sudah diperbaiki.
require "config.php";
session_start();
session_regenerate_id(true);
error_log("Masuk: " . $_POST["nama"]);
$hasil = ldap_search($ldap, $dn, "(uid=" . ldap_escape($_POST["uid"], "", LDAP_ESCAPE_FILTER) . ")");
$perintah = $pdo->prepare("INSERT INTO pengguna (nama, sandi) VALUES (?, ?)");
$perintah->execute([$_POST["nama"], password_hash($_POST["password"], PASSWORD_DEFAULT)]);
setcookie("ingat", $nama, ["secure" => true, "httponly" => true, "samesite" => "Lax"]);
$_SESSION["nik"] = $nik;
header("Access-Control-Allow-Origin: https://layanan.contoh.go.id");
$token = bin2hex(random_bytes(16));
$isi = openssl_encrypt($nik, "aes-256-gcm", $kunci, 0, $iv, $tag);
chmod("foto", 0750);
if ($_POST["aksi"] === "simpan") {
    simpan($nama);
}
preg_match("/" . preg_quote($_GET["cari"], "/") . "/", $isi);
