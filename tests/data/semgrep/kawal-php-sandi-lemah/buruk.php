<?php
$isi = openssl_encrypt($teks, 'des-ede3-cbc', $kunci, 0, $iv); // TEMUAN
$isi = openssl_encrypt($teks, 'AES-128-ECB', $kunci); // TEMUAN
$isi = mcrypt_encrypt(MCRYPT_DES, $kunci, $teks, 'cbc', $iv); // TEMUAN
