<?php
$c = curl_init($_GET['url']); // TEMUAN
curl_setopt($c, CURLOPT_URL, $_POST['alamat']); // TEMUAN
$isi = $client->request('GET', $request->alamat); // TEMUAN
$layanan = new SoapClient($_GET['wsdl']); // TEMUAN
$ukuran = getimagesize($_POST['gambar']); // TEMUAN
