<?php
setcookie('bahasa', 'id', ['secure' => true, 'httponly' => true]);
$_SESSION['nik'] = $warga->nik;
