<?php
$config['allowed_types'] = 'jpg|png|pdf';
$this->load->library('upload', ['upload_path' => './unggahan/', 'allowed_types' => 'pdf']);
