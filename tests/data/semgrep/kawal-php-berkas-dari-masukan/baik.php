<?php
readfile("dokumen/" . basename($_GET['nama']));
include "halaman/beranda.php";
$isi = file_get_contents('php://input');
$csv = fopen($_FILES['impor']['tmp_name'], 'r');
