<?php
define('ENVIRONMENT', 'development'); // TEMUAN
define('YII_DEBUG', true); // TEMUAN
dd($pengguna); // TEMUAN
