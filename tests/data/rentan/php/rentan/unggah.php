<?php
move_uploaded_file($_FILES["foto"]["tmp_name"], "foto/" . $_FILES["foto"]["name"]); // TEMUAN kawal-php-unggah-tanpa-periksa
$keranjang = unserialize($_COOKIE["keranjang"]); // TEMUAN kawal-php-deserialisasi
exec("convert foto/" . $_POST["nama"] . " kecil.png"); // TEMUAN kawal-php-perintah-dari-masukan
