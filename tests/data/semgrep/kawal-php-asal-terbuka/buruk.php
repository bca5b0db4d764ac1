<?php
return [ // TEMUAN
    'paths' => ['api/*'],
    'allowed_origins' => ['*'],
    'supports_credentials' => true,
];
