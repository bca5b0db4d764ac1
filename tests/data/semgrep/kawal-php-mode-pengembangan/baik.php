<?php
define('ENVIRONMENT', 'production');
define('YII_DEBUG', false);
report($galat);
