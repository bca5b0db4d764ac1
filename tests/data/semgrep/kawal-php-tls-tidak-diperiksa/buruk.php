<?php
curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false); // TEMUAN
curl_setopt($c, CURLOPT_SSL_VERIFYHOST, 0); // TEMUAN
$isi = Http::withoutVerifying()->get('https://data.contoh.go.id'); // TEMUAN
$klien = new Client(['verify' => false]); // TEMUAN
$konteks = stream_context_create(['ssl' => ['verify_peer' => false]]); // TEMUAN
