<?php
$c = curl_init("https://layanan.contoh.go.id/api");
$isi = $client->request('GET', 'https://data.contoh.go.id/api', ['query' => ['nama' => $request->nama]]);
$layanan = new SoapClient('https://data.contoh.go.id/?wsdl');
