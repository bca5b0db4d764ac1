<?php
$data = unserialize($_COOKIE['keranjang']); // TEMUAN
