<?php
$isi = openssl_encrypt($teks, 'aes-256-gcm', $kunci, 0, $iv, $tag);
$isi = sodium_crypto_secretbox($teks, $nonce, $kunci);
