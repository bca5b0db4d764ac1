<?php
$c = curl_init("https://layanan.contoh.go.id/api");
