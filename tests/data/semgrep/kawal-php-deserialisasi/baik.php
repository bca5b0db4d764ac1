<?php
$data = json_decode($_COOKIE['keranjang'], true);
$lama = unserialize($teks, ["allowed_classes" => false]);
