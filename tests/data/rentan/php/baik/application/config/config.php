<?php
$config["encryption_key"] = getenv("KUNCI");
$config["csrf_protection"] = TRUE;
$config["cookie_httponly"] = TRUE;
define("ENVIRONMENT", "production");
