<?php
setcookie('sesi', $isi); // TEMUAN
setcookie('sesi', $isi, time() + 3600); // TEMUAN
setcookie('sesi', $isi, 0, '/', '', true); // TEMUAN
setcookie('sesi', $isi, ['path' => '/', 'secure' => true]); // TEMUAN
setcookie('sesi', $isi, ['secure' => false, 'httponly' => true]); // TEMUAN
$config['cookie_httponly'] = FALSE; // TEMUAN
session_set_cookie_params(3600); // TEMUAN
return ['driver' => 'file', 'http_only' => false]; // TEMUAN
