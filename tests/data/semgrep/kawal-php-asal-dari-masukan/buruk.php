<?php
header('Access-Control-Allow-Origin: ' . $_SERVER['HTTP_ORIGIN']); // TEMUAN
$response->header('Access-Control-Allow-Origin', $request->header('Origin')); // TEMUAN
