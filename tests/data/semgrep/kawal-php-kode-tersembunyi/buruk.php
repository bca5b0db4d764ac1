<?php
eval(gzinflate(base64_decode('c3lzdGVtKCk='))); // TEMUAN
$f = base64_decode('c3lzdGVt');
$f($perintah); // TEMUAN
$g = strrev('metsys');
$g('id'); // TEMUAN
