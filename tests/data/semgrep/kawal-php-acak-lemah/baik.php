<?php
$token = bin2hex(random_bytes(32));
$kode_otp = random_int(100000, 999999);
$warna = rand(0, 255);
