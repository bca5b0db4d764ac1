<?php
header('Access-Control-Allow-Origin: https://layanan.contoh.go.id');
$response->header('Access-Control-Allow-Origin', config('cors.asal'));
