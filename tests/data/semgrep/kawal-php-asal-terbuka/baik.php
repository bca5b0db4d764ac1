<?php
return [
    'paths' => ['api/*'],
    'allowed_origins' => ['https://layanan.contoh.go.id'],
    'supports_credentials' => true,
];
