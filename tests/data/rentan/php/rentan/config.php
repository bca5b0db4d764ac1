<?php
$host = getenv("DB_HOST");
$pengguna = getenv("DB_USER");
ini_set("display_errors", 1); // TEMUAN kawal-php-galat-ditampilkan
