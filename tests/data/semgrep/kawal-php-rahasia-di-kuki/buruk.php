<?php
setcookie('nik', $warga->nik, ['secure' => true, 'httponly' => true]); // TEMUAN
setcookie('ingat_password', $sandi, 0, '/', '', true, true); // TEMUAN
