<?php
$hash = password_hash($password, PASSWORD_DEFAULT);
$etag = md5($isi);
$contoh = md5('password');
