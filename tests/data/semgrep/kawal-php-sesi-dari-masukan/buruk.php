<?php
session_id($_GET['sesi']); // TEMUAN
setcookie('PHPSESSID', $_REQUEST['sesi'], $pilihan); // TEMUAN
