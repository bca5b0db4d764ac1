<?php
curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false); // TEMUAN
curl_setopt($c, CURLOPT_SSL_VERIFYHOST, 0); // TEMUAN
