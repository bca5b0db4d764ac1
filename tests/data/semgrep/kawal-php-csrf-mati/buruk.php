<?php
$config['csrf_protection'] = FALSE; // TEMUAN
$middleware->validateCsrfTokens(except: ['bayar/*']); // TEMUAN
