<?php
$hash = md5($password); // TEMUAN
$hash = sha1($_POST['sandi']); // TEMUAN
