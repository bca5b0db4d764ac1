<?php
setcookie('sesi', $isi, ['path' => '/', 'secure' => true, 'httponly' => true, 'samesite' => 'Lax']);
setcookie('sesi', $isi, 0, '/', '', true, true);
$config['cookie_httponly'] = TRUE;
session_set_cookie_params(['lifetime' => 3600, 'secure' => true, 'httponly' => true]);
return ['driver' => 'file', 'http_only' => true];
