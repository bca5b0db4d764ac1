<?php
$c = curl_init($_GET['url']); // TEMUAN
curl_setopt($c, CURLOPT_URL, $_POST['alamat']); // TEMUAN
