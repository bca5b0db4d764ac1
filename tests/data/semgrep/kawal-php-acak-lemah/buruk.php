<?php
$token = md5(uniqid()); // TEMUAN
$kode_otp = rand(100000, 999999); // TEMUAN
