<?php
$host = getenv("DB_HOST");
$pengguna = getenv("DB_USER");
$sandi = getenv("DB_PASSWORD");
ini_set("display_errors", "0");
