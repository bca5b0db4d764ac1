<?php
$password = "R4hasia!2026"; // TEMUAN
define("DB_PASSWORD", "R4hasia!2026"); // TEMUAN
$koneksi = mysqli_connect("localhost", "root", "R4hasia!2026", "pasar"); // TEMUAN
