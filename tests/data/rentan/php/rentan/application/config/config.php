<?php
$config["encryption_key"] = "8f2e5b1c9a7d4e60"; // TEMUAN kawal-php-kunci-di-kode
$config["csrf_protection"] = FALSE; // TEMUAN kawal-php-csrf-mati
$config["cookie_httponly"] = FALSE; // TEMUAN kawal-php-kuki-tanpa-pengaman
define("ENVIRONMENT", "development"); // TEMUAN kawal-php-mode-pengembangan
