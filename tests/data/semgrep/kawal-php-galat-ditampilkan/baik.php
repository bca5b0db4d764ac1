<?php
ini_set('display_errors', '0');
error_log($galat);
ini_set('display_errors', '0');
error_log($koneksi->connect_error);
Log::error($galat->getTraceAsString());
