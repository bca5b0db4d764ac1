<?php
move_uploaded_file($_FILES["foto"]["tmp_name"], "foto/" . bin2hex(random_bytes(16)) . ".png");
$keranjang = json_decode($_COOKIE["keranjang"], true);
exec("convert foto/" . escapeshellarg($_POST["nama"]) . " kecil.png");
