<?php
curl_setopt($c, CURLOPT_SSL_VERIFYPEER, true);
curl_setopt($c, CURLOPT_SSL_VERIFYHOST, 2);
$isi = Http::get('https://data.contoh.go.id');
$klien = new Client(['verify' => '/etc/ssl/certs/ca.pem']);
